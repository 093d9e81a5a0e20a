//! A folder with a file for each value, in hex: what op-program and kona-host leave behind with `--data-dir`, and what
//! op-challenger reads when it has to load a blob's element or a precompile's result on L1.
//!
//! A file `kvformat` names the layout: `directory` (`0123/4567….txt`, by the key without `0x`) or `file` (`0x01234567….txt`). A
//! new folder gets the first. A value is written beside its place and moved there, so that a file is whole or absent. Blobs lie
//! there as their elements, with the preimages of the elements' keys.

use super::{Shelf, ShelfError, make_folder};
use alloy_primitives::{Bytes, hex};
use preimage::{FIELD_ELEMENTS_PER_BLOB, KeyType, MAX_PREIMAGE_LEN, PreimageKey, root_of_unity};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Name of the file that names the layout.
pub(crate) const FORMAT: &str = "kvformat";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Directory,
    File,
}

/// A folder of values.
#[derive(Debug)]
pub struct DirectoryShelf {
    folder: PathBuf,
    layout: Layout,
}

impl DirectoryShelf {
    /// Opens a folder, or makes it.
    ///
    /// # Errors
    /// It cannot be used, or holds a layout that is not known (other hosts' databases).
    pub fn open(folder: &Path) -> Result<Self, ShelfError> {
        make_folder(folder)?;
        let path = folder.join(FORMAT);
        let layout = match fs::read_to_string(&path) {
            Ok(text) => match text.trim() {
                "directory" => Layout::Directory,
                "file" => Layout::File,
                other => {
                    let other = other.chars().take(40).collect::<String>();
                    let reason = format!("the folder holds values in the format {other:?}; give an empty folder");
                    return Err(ShelfError::new(&path, reason));
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::write(&path, "directory").map_err(|error| ShelfError::new(&path, error))?;
                Layout::Directory
            }
            Err(error) => return Err(ShelfError::new(&path, error)),
        };
        Ok(Self { folder: folder.to_path_buf(), layout })
    }

    fn path(&self, key: &PreimageKey) -> PathBuf {
        let digits = hex::encode(key.as_bytes());
        match self.layout {
            Layout::Directory => self.folder.join(&digits[..4]).join(format!("{}.txt", &digits[4..])),
            Layout::File => self.folder.join(format!("0x{digits}.txt")),
        }
    }

    fn write(&self, key: &PreimageKey, value: &[u8]) -> Result<(), ShelfError> {
        let path = self.path(key);
        if path.exists() {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            let parent = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(parent)?;
            let mut file = tempfile::NamedTempFile::new_in(parent)?;
            file.write_all(hex::encode(value).as_bytes())?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| ShelfError::new(&path, error))
    }

    /// The value of a file; what is no hex counts as absent, as it does for the other readers of such a folder.
    fn read(&self, key: &PreimageKey) -> Result<Option<Bytes>, ShelfError> {
        let path = self.path(key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ShelfError::new(&path, error)),
        };
        let mut digits = Vec::new();
        let limit = 2 * MAX_PREIMAGE_LEN as u64 + 2;
        file.take(limit).read_to_end(&mut digits).map_err(|error| ShelfError::new(&path, error))?;
        Ok(hex::decode(digits.trim_ascii()).ok().map(Bytes::from))
    }
}

impl Shelf for DirectoryShelf {
    fn get(&self, key: &PreimageKey) -> Result<Option<Bytes>, ShelfError> {
        self.read(key)
    }

    fn put(&self, records: &[(PreimageKey, Bytes)]) -> Result<(), ShelfError> {
        records.iter().try_for_each(|(key, value)| self.write(key, value))
    }

    fn get_blob(&self, commitment: &[u8; 48]) -> Result<Option<Bytes>, ShelfError> {
        let mut blob = Vec::with_capacity(32 * FIELD_ELEMENTS_PER_BLOB);
        for index in 0..FIELD_ELEMENTS_PER_BLOB {
            let Some(key) = PreimageKey::blob_element(commitment, index) else { return Ok(None) };
            let Some(element) = self.read(&key)?.filter(|element| element.len() == 32) else { return Ok(None) };
            blob.extend_from_slice(&element);
        }
        Ok(Some(blob.into()))
    }

    fn put_blob(&self, commitment: &[u8; 48], blob: &Bytes) -> Result<(), ShelfError> {
        for (index, element) in blob.chunks_exact(32).enumerate() {
            let Some(z) = root_of_unity(index) else { break };
            let key = PreimageKey::blob(commitment, z);
            self.write(&key.with_type(KeyType::Keccak256), &[commitment.as_slice(), z].concat())?;
            self.write(&key, element)?;
        }
        Ok(())
    }

    fn keys(&self) -> Result<(Vec<PreimageKey>, Vec<[u8; 48]>), ShelfError> {
        let failed = |error| ShelfError::new(&self.folder, error);
        let (mut keys, mut folders) = (Vec::new(), vec![self.folder.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.is_dir() && folder == self.folder {
                    folders.push(path);
                    continue;
                }
                let above = path.parent().filter(|parent| *parent != self.folder).and_then(Path::file_name);
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let digits = above.map(|above| above.to_string_lossy().into_owned()).unwrap_or_default() + &name;
                let key = hex::decode(digits).ok().and_then(|key| key.try_into().ok());
                keys.extend(key.and_then(|key| PreimageKey::from_bytes(key).ok()));
            }
        }
        Ok((keys, Vec::new()))
    }

    fn is_read_by_others(&self) -> bool {
        true
    }
}
