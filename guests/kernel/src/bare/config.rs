//! The section of the image that holds the chain configs. The image is linked with an empty one; `tribunal vm load-elf
//! --chain-config` fills it, so that the configs are part of the prestate and no rebuild is needed.

/// Bytes reserved: a length (u32, big-endian) and that many bytes of configs.
const SIZE: usize = 64 * 1024;

#[used]
#[unsafe(link_section = ".tribunal.config")]
static CONFIG: [u8; SIZE] = [0; SIZE];

/// The configs in the image, without the length before them; empty in an image that was not filled, and where the length is
/// larger than the section.
pub fn config_section() -> &'static [u8] {
    let start = core::hint::black_box(CONFIG.as_ptr());
    // SAFETY: the section is SIZE bytes of read-only memory that nothing writes while the guest runs. The address goes through
    // `black_box` because the loader changes the bytes behind the compiler's back.
    let section = unsafe { core::slice::from_raw_parts(start, SIZE) };
    let (length, configs) = section.split_at(4);
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    configs.get(..length).unwrap_or(&[])
}
