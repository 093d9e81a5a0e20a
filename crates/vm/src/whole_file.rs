//! Files that appear whole or not at all: written beside their place under a name of their own, brought to the medium, then
//! moved. What a killed process leaves behind ends in `.partial`, and nobody reads it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Writes a file by a closure, which hands back what it wrote to. A place that is no file, a device or a pipe, is written to
/// as it is: there is nothing that could be put in its stead.
///
/// # Errors
/// Those of the closure and of the file system; then what was at the place before is still there.
pub fn write_whole(path: &Path, write: impl FnOnce(File) -> io::Result<File>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return write(File::options().write(true).open(path)?).map(drop);
    }
    let partial = partial(path);
    let written = File::create_new(&partial).and_then(write).and_then(|file| file.sync_all());
    written.and_then(|()| fs::rename(&partial, path)).inspect_err(|_| {
        // What is left of a failed attempt is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&partial);
    })
}

/// A name that no other writer of the same file has, in this process or in another.
fn partial(path: &Path) -> PathBuf {
    static ATTEMPTS: AtomicU64 = AtomicU64::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{attempt}.partial", std::process::id()));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let write = |bytes: &'static [u8]| {
            move |mut file: File| {
                file.write_all(bytes)?;
                Ok(file)
            }
        };
        write_whole(&path, write(b"first")).unwrap();
        let failed = write_whole(&path, |mut file| {
            file.write_all(b"sec")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        // Two that write at once: the one that ends last is there, and nothing of the other.
        write_whole(&path, |mut outer| {
            outer.write_all(&[b'a'; 100])?;
            write_whole(&path, write(b"inner"))?;
            assert_eq!(fs::read(&path)?, b"inner");
            outer.write_all(&[b'b'; 100])?;
            Ok(outer)
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), [[b'a'; 100], [b'b'; 100]].concat());
        assert!(write_whole(folder.path(), write(b"")).is_err(), "a folder stays a folder");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn a_device_stays_a_device() {
        // Through a link, so that a mistake costs a link.
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        write_whole(&link, |mut file| {
            file.write_all(b"gone")?;
            Ok(file)
        })
        .unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "written to, not replaced");
        assert_eq!(fs::read(&link).unwrap(), b"");
    }
}
