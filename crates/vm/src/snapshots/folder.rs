//! The few things that a store asks of a file system, and the directory that does them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Files in folders, one level deep. Paths are `folder/name`.
pub trait Folder {
    /// Names of the folders.
    ///
    /// # Errors
    /// Those of the medium; so for all methods.
    fn folders(&self) -> io::Result<Vec<String>>;

    /// Names of the files in a folder; none if there is no such folder. Unfinished files do not count.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Content of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Puts a whole file in place, or changes nothing. When this returns, it has reached the medium.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Removes a file.
    fn delete(&self, path: &str) -> io::Result<()>;

    /// Bytes of a file.
    fn size(&self, path: &str) -> io::Result<u64>;

    /// Waits until no other process writes (or, if `exclusive`, uses) the store, and keeps them out until the lock is
    /// dropped.
    fn lock(&self, exclusive: bool) -> io::Result<FolderLock>;
}

/// Keeps others out while it lives. A process that dies gives it up.
#[derive(Debug, Default)]
pub struct FolderLock(Option<File>);

impl Drop for FolderLock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Closing the file does it too.
            let _ = file.unlock();
        }
    }
}

/// A directory of the file system.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

const PARTIAL_SUFFIX: &str = ".partial";

impl Directory {
    /// The directory at a path, made if it is not there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(path.to_owned()))
    }

    fn names(path: &Path, wanted: impl Fn(&fs::FileType) -> bool) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if wanted(&entry.file_type()?)
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }
}

impl Folder for Directory {
    fn folders(&self) -> io::Result<Vec<String>> {
        Self::names(&self.0, fs::FileType::is_dir)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Self::names(&self.0.join(folder), fs::FileType::is_file)?;
        names.retain(|name| !name.ends_with(PARTIAL_SUFFIX));
        Ok(names)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let target = self.0.join(path);
        let parent = target.parent().unwrap_or(&self.0);
        fs::create_dir_all(parent)?;
        // One name for all attempts: what a killed process left is overwritten by the next.
        let partial = self.0.join(format!("{path}{PARTIAL_SUFFIX}"));
        let written = File::create(&partial).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let placed = written.and_then(|()| fs::rename(&partial, &target));
        if let Err(error) = placed {
            // The first error is the one to tell.
            let _ = fs::remove_file(&partial);
            return Err(error);
        }
        // The name has to reach the medium too.
        File::open(parent)?.sync_all()
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(path))
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.0.join(path))?.len())
    }

    fn lock(&self, exclusive: bool) -> io::Result<FolderLock> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.0.join("lock"))?;
        if exclusive {
            file.lock()?
        } else {
            file.lock_shared()?
        }
        Ok(FolderLock(Some(file)))
    }
}
