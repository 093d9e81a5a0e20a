//! Other programs' names: called through a link of such a name, the command takes that program's calls.

use std::{ffi::OsString, path::Path};

/// Names of links, each of which is also a hidden subcommand with that program's flags.
const NAMES: [&str; 1] = ["kona-host"];

/// The arguments with the subcommand that the name of the program stands for.
pub(crate) fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = given.collect();
    let name = arguments.first().and_then(|program| Path::new(program).file_name()?.to_str());
    if let Some(name) = name.and_then(|name| NAMES.iter().find(|known| **known == name)) {
        arguments.insert(1, (*name).into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_link_is_a_subcommand() {
        let of = |words: &[&str]| arguments(words.iter().map(OsString::from));
        assert_eq!(of(&["/opt/kona-host", "single"]), ["/opt/kona-host", "kona-host", "single"]);
        assert_eq!(of(&["tribunal", "host"]), ["tribunal", "host"]);
        assert_eq!(of(&["kona-hosts"]), ["kona-hosts"]);
        assert!(of(&[]).is_empty());
    }
}
