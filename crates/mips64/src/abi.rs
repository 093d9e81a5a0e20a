//! Everything that a guest, the contract and other implementations can observe: registers, numbers of calls, memory map,
//! layout of the witness. The contract's constants are the same.

/// Version of the state and of the contract's constructor argument.
pub const STATE_VERSION: u8 = 8;
/// `e_machine` of a guest's ELF.
pub const ELF_MACHINE: u16 = 8;
/// Program header type that the loader leaves out (`PT_MIPS_ABIFLAGS`).
pub const ELF_ABI_FLAGS: u32 = 0x7000_0003;

/// Bytes of a state witness.
pub const WITNESS_SIZE: usize = 188;
/// Bytes of a thread in a proof and in a state file.
pub const THREAD_SIZE: usize = 298;

/// Steps after which a thread is preempted.
pub const QUANTUM: u64 = 100_000;
/// Steps in a second of the guest's monotonic clock.
pub const STEPS_PER_SECOND: u64 = 10_000_000;

/// First address that `mmap` hands out; an image must lie below.
pub const HEAP_START: u64 = 0x1000_0000_0000;
/// Highest address up to which `mmap` hands out memory.
pub const HEAP_END: u64 = 0x6000_0000_0000;
/// What `brk` answers, always.
pub const PROGRAM_BREAK: u64 = 0x4000_0000_0000;
/// Stack pointer of the first thread.
pub const STACK_TOP: u64 = 0x7fff_ffff_f000;

/// Number of a call, and its first result.
pub const V0: usize = 2;
/// First argument of a call.
pub const A0: usize = 4;
/// Second argument.
pub const A1: usize = 5;
/// Third argument.
pub const A2: usize = 6;
/// Error flag of a call: 0, or all ones with the error's number in [`V0`].
pub const A3: usize = 7;
/// Stack pointer.
pub const SP: usize = 29;
/// Return address.
pub const RA: usize = 31;

/// Names of the registers in the n64 convention.
pub const REGISTER_NAMES: [&str; 32] = [
    "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "s0", "s1", "s2",
    "s3", "s4", "s5", "s6", "s7", "t8", "t9", "k0", "k1", "gp", "sp", "fp", "ra",
];

/// File descriptors.
pub mod fd {
    /// Empty input.
    pub const STDIN: u64 = 0;
    /// Output.
    pub const STDOUT: u64 = 1;
    /// Output for errors.
    pub const STDERR: u64 = 2;
    /// Acknowledgement of hints.
    pub const HINT_READ: u64 = 3;
    /// Hints.
    pub const HINT_WRITE: u64 = 4;
    /// Length and bytes of the preimage whose key was written.
    pub const PREIMAGE_READ: u64 = 5;
    /// Keys of preimages.
    pub const PREIMAGE_WRITE: u64 = 6;
    /// What `eventfd2` answers.
    pub const EVENT: u64 = 100;
}

/// Numbers of errors.
pub mod errno {
    /// Bad file descriptor.
    pub const EBADF: u64 = 9;
    /// Try again.
    pub const EAGAIN: u64 = 11;
    /// Invalid argument.
    pub const EINVAL: u64 = 22;
}

/// Numbers of calls (n64), those with an effect.
pub mod sys {
    /// Reads a descriptor.
    pub const READ: u64 = 5000;
    /// Writes a descriptor.
    pub const WRITE: u64 = 5001;
    /// Opens nothing.
    pub const OPEN: u64 = 5002;
    /// Takes memory from the heap.
    pub const MMAP: u64 = 5009;
    /// Answers [`super::PROGRAM_BREAK`].
    pub const BRK: u64 = 5012;
    /// Yields.
    pub const SCHED_YIELD: u64 = 5023;
    /// Yields.
    pub const NANOSLEEP: u64 = 5034;
    /// Answers 0.
    pub const GETPID: u64 = 5038;
    /// Starts a thread.
    pub const CLONE: u64 = 5055;
    /// Ends a thread.
    pub const EXIT: u64 = 5058;
    /// Flags of a descriptor.
    pub const FCNTL: u64 = 5070;
    /// Id of the thread.
    pub const GETTID: u64 = 5178;
    /// Waits or wakes: yields.
    pub const FUTEX: u64 = 5194;
    /// Ends the machine.
    pub const EXIT_GROUP: u64 = 5205;
    /// Time from the step counter.
    pub const CLOCK_GETTIME: u64 = 5222;
    /// Answers [`super::fd::EVENT`].
    pub const EVENTFD2: u64 = 5284;
    /// Numbers from the step counter.
    pub const GETRANDOM: u64 = 5313;

    /// Calls that answer 0 and do nothing.
    pub const NO_OPS: [u64; 31] = [
        5003, // close
        5004, // stat
        5005, // fstat
        5008, // lseek
        5010, // mprotect
        5011, // munmap
        5013, // rt_sigaction
        5014, // rt_sigprocmask
        5015, // ioctl
        5016, // pread64
        5026, // mincore
        5027, // madvise
        5036, // setitimer
        5061, // uname
        5087, // readlink
        5095, // getrlimit
        5100, // getuid
        5102, // getgid
        5129, // sigaltstack
        5196, // sched_getaffinity
        5208, // epoll_ctl
        5216, // timer_create
        5217, // timer_settime
        5220, // timer_delete
        5225, // tgkill
        5247, // openat
        5257, // readlinkat
        5272, // epoll_pwait
        5285, // epoll_create1
        5287, // pipe2
        5297, // prlimit64
    ];
}

/// The only flags that `clone` takes: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM.
pub const CLONE_FLAGS: u64 = 0x50f00;
/// `futex` operation: wait, private.
pub const FUTEX_WAIT_PRIVATE: u64 = 128;
/// `futex` operation: wake, private.
pub const FUTEX_WAKE_PRIVATE: u64 = 129;
/// Flag without which `eventfd2` refuses.
pub const EFD_NONBLOCK: u64 = 0x80;
/// Exit code of a machine that a guest drove into an invalid `clone`.
pub const EXIT_PANIC: u8 = 2;

/// The generator behind `getrandom`, on the step counter.
pub const fn splitmix64(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const _: () = {
    assert!(splitmix64(0) == 0xe220_a839_7b1d_cdaf);
    assert!(splitmix64(1) == 0x910a_2dec_8902_5cc1);
    assert!(splitmix64(2) == 0x9758_35de_1c97_56ce);
    assert!(THREAD_SIZE == 8 + 1 + 1 + 8 + 8 + 8 + 8 + 32 * 8);
    assert!(WITNESS_SIZE == 32 + 32 + 8 + 8 + 1 + 8 + 8 + 1 + 1 + 8 + 8 + 1 + 32 + 32 + 8);
};
