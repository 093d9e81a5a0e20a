//! A figure, and the report that they make.

use serde::Serialize;

/// One measured figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Unit of `ours` and `peer`.
    pub unit: &'static str,
    /// Median of Tribunal's.
    pub ours: f64,
    /// Median of the peer's.
    pub peer: Option<f64>,
    /// How many times better Tribunal is.
    pub ratio: Option<f64>,
    /// Times that each was measured.
    pub runs: u32,
    /// Smallest and largest of Tribunal's.
    pub spread: [f64; 2],
    /// Smallest and largest of the peer's.
    pub peer_spread: Option<[f64; 2]>,
    /// What exactly was measured.
    pub note: String,
}

/// All figures of a call.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Processor, cores and memory.
    pub machine: String,
    /// The figures.
    pub results: Vec<Figure>,
}

impl Figure {
    /// A figure of which less is better.
    pub(crate) fn less(name: &str, unit: &'static str, ours: &[f64], peer: &[f64], note: &str) -> Self {
        Self::new(name, unit, ours, peer, note, |ours, peer| peer / ours)
    }

    /// A figure of which more is better.
    pub(crate) fn more(name: &str, unit: &'static str, ours: &[f64], peer: &[f64], note: &str) -> Self {
        Self::new(name, unit, ours, peer, note, |ours, peer| ours / peer)
    }

    fn new(
        name: &str,
        unit: &'static str,
        ours: &[f64],
        peer: &[f64],
        note: &str,
        ratio: impl Fn(f64, f64) -> f64,
    ) -> Self {
        let (median_of_ours, spread) = median(ours);
        let (peer, peer_spread) =
            if peer.is_empty() { (None, None) } else { (Some(median(peer).0), Some(median(peer).1)) };
        let ratio = peer.map(|peer| ratio(median_of_ours, peer)).filter(|ratio| ratio.is_finite());
        let runs = ours.len() as u32;
        Self {
            name: name.to_owned(),
            unit,
            ours: median_of_ours,
            peer,
            ratio,
            runs,
            spread,
            peer_spread,
            note: note.to_owned(),
        }
    }
}

impl Report {
    /// A report of this machine.
    pub fn new(results: Vec<Figure>) -> Self {
        let field = |file: &str, name: &str| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
            line.and_then(|line| line.split_once(':').map(|(_, value)| value.trim().to_owned())).unwrap_or_default()
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let (model, memory) = (field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal"));
        Self { machine: format!("{model}, {cores} cores, {memory}, {:?} hashing", ::vm::Lanes::best()), results }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts alone")
    }

    /// The report as a table.
    pub fn to_table(&self) -> String {
        let mut table =
            format!("{}\n\n{:<24} {:>12} {:>12} {:>9}  unit\n", self.machine, "figure", "ours", "peer", "ratio");
        for Figure { name, unit, ours, peer, ratio, runs, spread, note, .. } in &self.results {
            let number = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), short);
            let (ours, peer, ratio) = (short(*ours), number(peer), number(ratio));
            table += &format!("{name:<24} {ours:>12} {peer:>12} {ratio:>9}  {unit}\n");
            table += &format!("{:<24} {runs} runs, {} to {}; {note}\n", "", short(spread[0]), short(spread[1]));
        }
        table
    }
}

/// Four digits, which is more than a measurement is worth.
fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (3 - value.abs().log10().floor() as i32).clamp(0, 6) };
    format!("{value:.*}", digits as usize)
}

/// Median, smallest and largest.
pub(crate) fn median(values: &[f64]) -> (f64, [f64; 2]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    (middle, [sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_say_how_many_times_better() {
        let time = Figure::less("t", "s", &[2.0, 1.0, 4.0], &[10.0], "");
        assert_eq!((time.ours, time.ratio, time.spread, time.runs), (2.0, Some(5.0), [1.0, 4.0], 3));
        assert_eq!(Figure::more("r", "M", &[30.0], &[10.0, 15.0, 2.0], "").ratio, Some(3.0));
        assert_eq!(Figure::more("r", "M", &[30.0], &[], "").ratio, None);
        let report = Report::new(vec![time]);
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["results"][0]["ratio"], 5.0);
        assert!(json["machine"].as_str().unwrap().contains("cores"));
        assert!(report.to_table().contains("5.000"), "{}", report.to_table());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            ["1234567", "12.35", "0.001235", "0"].map(str::to_owned),
            [1_234_567.4, 12.345_6, 0.001_234_56, 0.0].map(short)
        );
    }
}
