//! ELF images: what a loader needs of them, read with suspicion.
//!
//! Everything in a file may be a lie: sizes are checked against the file and against limits before memory is taken. Which
//! machine an image must be made for, and the initial registers and stack, are the machines' own matter.

use crate::chain_config::{CHAIN_CONFIG_SECTION, ChainConfigError, chain_config_section};
use crate::memory::Memory;
use object::Endianness;
use object::elf::{ELFCLASS32, FileHeader32, FileHeader64, PT_LOAD, SHT_SYMTAB};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};

/// Limit of all segments' sizes in memory together.
pub const MAX_IMAGE_SIZE: u64 = 1 << 30;
/// Where the header says whether the file has 32 or 64 bits.
const CLASS: usize = 4;
/// Longer symbol names are cut.
const MAX_NAME: usize = 4096;
/// Limit of all symbol names together.
const MAX_NAMES: usize = 256 << 20;

/// A file is no ELF image that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// The file is not an ELF file, or its tables point outside the file.
    #[error("malformed ELF: {0}")]
    Malformed(String),
    /// Made for another machine.
    #[error("the ELF is made for machine {found}, not for {wanted}")]
    WrongMachine {
        /// What the file's header says.
        found: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// A segment that would be cut, or filled although it is not of the type that is filled.
    #[error("segment {index} has {file_size} bytes in the file and {memory_size} in memory")]
    SegmentSize {
        /// Index in the program header table.
        index: usize,
        /// Bytes in the file.
        file_size: u64,
        /// Bytes in memory.
        memory_size: u64,
    },
    /// A segment outside the addresses that an image may use.
    #[error("segment {index} at {address:#x} with {size} bytes reaches {limit:#x}, where the heap begins")]
    SegmentAddress {
        /// Index in the program header table.
        index: usize,
        /// First address.
        address: u64,
        /// Bytes in memory.
        size: u64,
        /// First address that is not allowed.
        limit: u64,
    },
    /// The segments or symbol names are larger than any real guest's.
    #[error("{what} of the ELF take more than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// Chain configs cannot be put in.
    #[error(transparent)]
    ChainConfig(#[from] ChainConfigError),
}

impl From<object::Error> for ElfError {
    fn from(error: object::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A parsed image; borrows the file.
#[derive(Clone, Debug)]
pub struct ElfImage<'a> {
    /// `e_machine`.
    pub machine: u16,
    /// Whether the file says that numbers are big-endian.
    pub big_endian: bool,
    /// First instruction.
    pub entry: u64,
    /// Program headers in their order.
    pub segments: Vec<Segment<'a>>,
    /// Sections that have an address.
    pub sections: Vec<Section>,
    /// Symbol table, empty for a stripped file.
    pub symbols: Symbols,
    chain_configs: Option<(u64, Vec<u8>)>,
}

/// A program header.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    /// `p_type`.
    pub kind: u32,
    /// `p_vaddr`.
    pub address: u64,
    /// `p_memsz`.
    pub size: u64,
    /// Bytes in the file.
    pub bytes: &'a [u8],
}

/// Name and place of a section in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name, read as UTF-8 with replacements.
    pub name: String,
    /// `sh_addr`.
    pub address: u64,
    /// `sh_size`.
    pub size: u64,
}

impl<'a> ElfImage<'a> {
    /// Parses a file of 32 or 64 bits: Cannon's loader takes both, for addresses are all that the class decides. Segments are
    /// checked when they are loaded.
    ///
    /// # Errors
    /// [`ElfError::Malformed`], [`ElfError::TooLarge`].
    pub fn parse(file: &'a [u8]) -> Result<Self, ElfError> {
        if file.get(CLASS) == Some(&ELFCLASS32) {
            Self::parse_as::<FileHeader32<Endianness>>(file)
        } else {
            Self::parse_as::<FileHeader64<Endianness>>(file)
        }
    }

    fn parse_as<H: FileHeader<Endian = Endianness>>(file: &'a [u8]) -> Result<Self, ElfError> {
        let header = H::parse(file)?;
        let endian = header.endian()?;
        let mut segments = Vec::new();
        for program_header in header.program_headers(endian, file)? {
            let bytes = program_header.data(endian, file).map_err(|()| {
                ElfError::Malformed(format!("segment {} reaches beyond the end of the file", segments.len()))
            })?;
            segments.push(Segment {
                kind: program_header.p_type(endian),
                address: program_header.p_vaddr(endian).into(),
                size: program_header.p_memsz(endian).into(),
                bytes,
            });
        }
        let table = header.sections(endian, file)?;
        let mut sections = Vec::new();
        for section in table.iter().filter(|section| section.sh_addr(endian).into() != 0) {
            let name = table.section_name(endian, section)?;
            let name = String::from_utf8_lossy(&name[..name.len().min(MAX_NAME)]).into_owned();
            sections.push(Section {
                name,
                address: section.sh_addr(endian).into(),
                size: section.sh_size(endian).into(),
            });
        }
        let mut symbols = Vec::new();
        let (mut names, symbol_table) = (0, table.symbols(endian, file, SHT_SYMTAB)?);
        // The first entry of every symbol table is a placeholder.
        for symbol in symbol_table.iter().skip(1) {
            let name = symbol_table.symbol_name(endian, symbol)?;
            let name = String::from_utf8_lossy(&name[..name.len().min(MAX_NAME)]).into_owned();
            names += name.len();
            if names > MAX_NAMES {
                return Err(ElfError::TooLarge { what: "symbol names", limit: MAX_NAMES as u64 });
            }
            symbols.push(Symbol { name, start: symbol.st_value(endian).into(), size: symbol.st_size(endian).into() });
        }
        Ok(Self {
            machine: header.e_machine(endian),
            big_endian: endian == Endianness::Big,
            entry: header.e_entry(endian).into(),
            segments,
            sections,
            symbols: Symbols::new(symbols),
            chain_configs: None,
        })
    }

    /// Puts chain configs into the reserved section; [`ElfImage::load`] writes them over the file's content of it.
    ///
    /// # Errors
    /// [`ElfError::ChainConfig`] if the section is missing, not loaded or too small.
    pub fn set_chain_configs(&mut self, configs: &[u8]) -> Result<(), ElfError> {
        let section = self.sections.iter().find(|section| section.name == CHAIN_CONFIG_SECTION);
        let &Section { address, size, .. } = section.ok_or(ChainConfigError::NoSection)?;
        let inside = |segment: &&Segment<'_>| {
            let offset = address.checked_sub(segment.address);
            let end = offset.and_then(|offset| offset.checked_add(size));
            segment.kind == PT_LOAD && end.is_some_and(|end| end <= segment.size)
        };
        if self.segments.iter().find(inside).is_none() {
            return Err(ChainConfigError::NotLoaded { address }.into());
        }
        self.chain_configs = Some((address, chain_config_section(configs, size)?));
        Ok(())
    }

    /// Writes all segments into memory, in their order, whatever their type; segments of type `skip` are left out. Load
    /// segments are filled with zeros up to their size. No byte may lie at `limit` or above.
    ///
    /// # Errors
    /// [`ElfError::SegmentSize`], [`ElfError::SegmentAddress`], [`ElfError::TooLarge`].
    pub fn load(&self, memory: &mut Memory, skip: Option<u32>, limit: u64) -> Result<(), ElfError> {
        let mut total = 0u64;
        for (index, segment) in self.segments.iter().enumerate() {
            let (file_size, memory_size) = (segment.bytes.len() as u64, segment.size);
            if Some(segment.kind) == skip {
                continue;
            }
            if file_size > memory_size || (file_size < memory_size && segment.kind != PT_LOAD) {
                return Err(ElfError::SegmentSize { index, file_size, memory_size });
            }
            if segment.address.checked_add(memory_size).is_none_or(|end| end > limit) && memory_size != 0 {
                return Err(ElfError::SegmentAddress { index, address: segment.address, size: memory_size, limit });
            }
            total = total.saturating_add(memory_size);
            if total > MAX_IMAGE_SIZE {
                return Err(ElfError::TooLarge { what: "segments", limit: MAX_IMAGE_SIZE });
            }
            memory.write(segment.address, segment.bytes);
            memory.write_zeros(segment.address + file_size, memory_size - file_size);
        }
        if let Some((address, content)) = &self.chain_configs {
            memory.write(*address, content);
        }
        Ok(())
    }
}

/// A name for a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As in the symbol table.
    pub name: String,
    /// First address.
    pub start: u64,
    /// Bytes; 0 for labels.
    pub size: u64,
}

/// Symbols in ascending order of their addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols(Vec<Symbol>);

impl Symbols {
    /// Sorts symbols.
    pub fn new(mut symbols: Vec<Symbol>) -> Self {
        symbols.sort_by_key(|symbol| symbol.start);
        Self(symbols)
    }

    /// All symbols in ascending order.
    pub fn as_slice(&self) -> &[Symbol] {
        &self.0
    }

    /// Name of the function or object that an address lies in; of the nearest one before it if several do.
    pub fn lookup(&self, address: u64) -> Option<&str> {
        let before = self.0.partition_point(|symbol| symbol.start <= address);
        // Labels without size and section symbols may stand between a function and its code; not many.
        let candidates = self.0[..before].iter().rev().take(64);
        let found =
            candidates.into_iter().find(|symbol| address - symbol.start < symbol.size && !symbol.name.is_empty());
        found.map(|symbol| symbol.name.as_str())
    }

    /// As [`Symbols::lookup`]; outside every symbol with a size, the nearest label before: routines in assembly have no size.
    pub fn function_at(&self, address: u64) -> Option<&str> {
        let label = || {
            let before = self.0.partition_point(|symbol| symbol.start <= address);
            self.0[..before].iter().rev().find(|symbol| symbol.size == 0 && !symbol.name.is_empty())
        };
        self.lookup(address).or_else(|| label().map(|symbol| symbol.name.as_str()))
    }
}

#[cfg(test)]
mod tests;
