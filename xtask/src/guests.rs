//! `cargo xtask guests`: builds the guests for the machine with Debian's compiler and writes, or compares, the committed images
//! in `guests/prestates/`. Paths are remapped, so that another folder and another cargo home give the same bytes; the versions
//! of compiler and linker are recorded beside the images. With other versions `--check` cannot compare bytes: it says so and
//! checks only that the image consists of instructions of the machine.

mod image;

use eyre::{Context, ContextCompat, Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The guests: package, and name of the committed image.
const GUESTS: [(&str, &str); 3] = [
    ("guest-program", "program.mips64.elf"),
    ("guest-preimages", "preimages.mips64.elf"),
    ("guest-selftest", "selftest.mips64.elf"),
];
const TARGET: &str = "mips64-unknown-none";
/// Debian's compiler: the packages `rustc-web`, `cargo-web` and `rust-web-src`. Not a rustup toolchain, whose cargo takes no
/// target file.
const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const LINKER: &str = "ld.lld";

/// Builds all guests; replaces the committed images, or compares with them when `check` is set.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let prestates = root.join("guests/prestates");
    let versions = versions()?;
    let recorded = std::fs::read_to_string(prestates.join("versions.txt")).unwrap_or_default();
    let mut sums = String::new();
    for (package, name) in GUESTS {
        let image = std::fs::read(build(root, package)?)?;
        image::check(&image).wrap_err_with(|| format!("the image of {package}"))?;
        sums.push_str(&format!("{}  {name}\n", hexadecimal(&Sha256::digest(&image))));
        let committed = prestates.join(name);
        if !check {
            std::fs::write(&committed, &image)?;
        } else if versions != recorded {
            println!(
                "guests: NOT COMPARED: {name}: the committed image was built with other versions:\n{recorded}here:\n{versions}"
            );
        } else {
            let expected =
                std::fs::read(&committed).wrap_err_with(|| format!("cannot read {}", committed.display()))?;
            ensure!(
                image == expected,
                "{name} does not reproduce: run `cargo xtask guests` and commit guests/prestates"
            );
            println!("guests: {name} reproduces, {} bytes", image.len());
        }
    }
    if !check {
        prestate(root, &prestates)?;
        std::fs::write(prestates.join("versions.txt"), versions)?;
        std::fs::write(prestates.join("sha256.txt"), sums)?;
    }
    Ok(())
}

/// Writes the prestate of the program for all known chains, and its hash. A test of the crate `conformance` holds it against the
/// image.
fn prestate(root: &Path, prestates: &Path) -> Result<()> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args([
            "run",
            "--quiet",
            "--package",
            "tribunal",
            "--",
            "vm",
            "load-elf",
            "--known-chains",
            "--meta",
            "",
            "--path",
        ])
        .arg(prestates.join("program.mips64.elf"))
        .arg("--out")
        .arg(prestates.join("program.mips64.bin.gz"))
        .output()?;
    ensure!(output.status.success(), "vm load-elf failed: {}", String::from_utf8_lossy(&output.stderr));
    let witness: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let hash = witness["witnessHash"].as_str().wrap_err("vm load-elf printed no hash")?;
    std::fs::write(prestates.join("prestate.txt"), format!("{hash}  program.mips64.bin.gz\n"))?;
    println!("guests: prestate {hash}");
    Ok(())
}

/// Builds one guest and gives the path of its image.
fn build(root: &Path, package: &str) -> Result<PathBuf> {
    let target_directory =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("guests");
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cargo"), PathBuf::from);
    let sysroot = Command::new(RUSTC)
        .args(["--print", "sysroot"])
        .output()
        .wrap_err("Debian's rustc (package rustc-web) is missing")?;
    let sysroot = String::from_utf8(sysroot.stdout)?;
    let linked = Path::new(sysroot.trim()).join("lib/rustlib/src/rust");
    let library =
        linked.canonicalize().wrap_err("the sources of the standard library (package rust-web-src) are missing")?;
    let flags = [
        // The machine has no trap instructions; Rust itself checks divisors.
        "-Cllvm-args=-mno-check-zero-division".to_owned(),
        format!("--remap-path-prefix={}=/cargo", cargo_home.display()),
        format!("--remap-path-prefix={}=/rust", library.display()),
        format!("--remap-path-prefix={}=/rust", linked.display()),
        format!("--remap-path-prefix={}=/tribunal", root.display()),
    ];
    let status = Command::new(CARGO)
        .current_dir(root)
        .args([
            "build",
            "-Zjson-target-spec",
            "-Zbuild-std=core,alloc",
            "--profile",
            "guest",
            "--locked",
            "--package",
            package,
        ])
        .arg("--target")
        .arg(format!("guests/targets/{TARGET}.json"))
        .arg("--target-dir")
        .arg(&target_directory)
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        // What an outer cargo set for itself would reach the inner one.
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .status()
        .wrap_err("Debian's cargo (package cargo-web) is missing")?;
    if !status.success() {
        bail!("building {package} failed");
    }
    Ok(target_directory.join(TARGET).join("guest").join(package))
}

/// The versions that decide the bytes of an image, one a line.
fn versions() -> Result<String> {
    let mut lines = String::new();
    for program in [RUSTC, CARGO, LINKER] {
        let output =
            Command::new(program).arg("--version").output().wrap_err_with(|| format!("cannot run {program}"))?;
        lines.push_str(String::from_utf8(output.stdout)?.trim());
        lines.push('\n');
    }
    Ok(lines)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
