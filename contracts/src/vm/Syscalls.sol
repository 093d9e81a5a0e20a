// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {Calldata} from "src/vm/Calldata.sol";
import {Descriptors} from "src/vm/Descriptors.sol";
import {InvalidSecondMemoryProof, MerkleMemory} from "src/vm/MerkleMemory.sol";
import {Reservation} from "src/vm/Reservation.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {Thread} from "src/vm/Thread.sol";
import {ThreadStack} from "src/vm/ThreadStack.sol";
import {VmState} from "src/vm/VmState.sol";

/// @title Syscalls
/// @notice System calls by their n64 numbers. The number is in r2, arguments in r4 to r6; r2 returns the value and r7 is 0,
///         or r2 returns the error number and r7 is all ones. Each path puts the running thread back where it belongs.
library Syscalls {
    uint64 private constant READ = 5000;
    uint64 private constant WRITE = 5001;
    uint64 private constant OPEN = 5002;
    uint64 private constant MMAP = 5009;
    uint64 private constant BRK = 5012;
    uint64 private constant SCHED_YIELD = 5023;
    uint64 private constant NANOSLEEP = 5034;
    uint64 private constant GETPID = 5038;
    uint64 private constant CLONE = 5055;
    uint64 private constant EXIT = 5058;
    uint64 private constant FCNTL = 5070;
    uint64 private constant GETTID = 5178;
    uint64 private constant FUTEX = 5194;
    uint64 private constant EXIT_GROUP = 5205;
    uint64 private constant CLOCK_GETTIME = 5222;
    uint64 private constant EVENTFD2 = 5284;
    uint64 private constant GETRANDOM = 5313;

    // Calls that return 0 and do nothing, as sets of number - 5000 and number - 5200.
    uint256 private constant NOOPS_5000 = 1 << 3 // close
        | 1 << 4 // stat
        | 1 << 5 // fstat
        | 1 << 8 // lseek
        | 1 << 10 // mprotect
        | 1 << 11 // munmap
        | 1 << 13 // rt_sigaction
        | 1 << 14 // rt_sigprocmask
        | 1 << 15 // ioctl
        | 1 << 16 // pread64
        | 1 << 26 // mincore
        | 1 << 27 // madvise
        | 1 << 36 // setitimer
        | 1 << 61 // uname
        | 1 << 87 // readlink
        | 1 << 95 // getrlimit
        | 1 << 100 // getuid
        | 1 << 102 // getgid
        | 1 << 129 // sigaltstack
        | 1 << 196; // sched_getaffinity
    uint256 private constant NOOPS_5200 = 1 << 8 // epoll_ctl
        | 1 << 16 // timer_create
        | 1 << 17 // timer_settime
        | 1 << 20 // timer_delete
        | 1 << 25 // tgkill
        | 1 << 47 // openat
        | 1 << 57 // readlinkat
        | 1 << 72 // epoll_pwait
        | 1 << 85 // epoll_create1
        | 1 << 87 // pipe2
        | 1 << 97; // prlimit64

    uint256 private constant V0 = 2;
    uint256 private constant A0 = 4;
    uint256 private constant A1 = 5;
    uint256 private constant A2 = 6;
    uint256 private constant A3 = 7;
    uint256 private constant SP = 29;

    uint64 private constant PAGE_SIZE = 4096;
    uint64 private constant HEAP_END = 0x600000000000;
    uint64 private constant PROGRAM_BREAK = 0x400000000000;
    /// @notice CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM.
    uint64 private constant CLONE_FLAGS = 0x50f00;
    uint64 private constant FUTEX_WAIT_PRIVATE = 128;
    uint64 private constant FUTEX_WAKE_PRIVATE = 129;
    uint64 private constant CLOCK_REALTIME = 0;
    uint64 private constant CLOCK_MONOTONIC = 1;
    /// @notice Steps in a second of the monotonic clock.
    uint64 private constant HZ = 10_000_000;
    uint64 private constant EFD_NONBLOCK = 0x80;
    /// @notice Exit code of a machine whose guest did what no guest may do.
    uint8 private constant EXIT_PANIC = 2;

    function execute(VmState state, Thread thread, IPreimageOracle oracle, bytes32 localContext) internal view {
        uint64 number = thread.register(V0);
        uint64 a0 = thread.register(A0);

        if (number == SCHED_YIELD || number == NANOSLEEP) return yieldThread(state, thread);
        if (number == FUTEX && wakesOrMatches(state, thread, a0)) return yieldThread(state, thread);
        if (number == CLONE) return clone(state, thread, a0);
        if (number == EXIT) return exit(state, thread, uint8(a0));
        if (number == EXIT_GROUP) return state.setExited(uint8(a0));

        (uint64 value, uint64 errno) = call(state, thread, oracle, localContext, number);
        finish(thread, value, errno);
        ThreadStack.replaceRunning(state, thread);
    }

    /// @notice The calls that return to the thread which made them.
    function call(VmState state, Thread thread, IPreimageOracle oracle, bytes32 localContext, uint64 number)
        private
        view
        returns (uint64 value, uint64 errno)
    {
        uint64 a0 = thread.register(A0);
        uint64 a1 = thread.register(A1);
        if (number == READ) return Descriptors.read(state, oracle, localContext, a0, a1, thread.register(A2));
        if (number == WRITE) return Descriptors.write(state, a0, a1, thread.register(A2));
        if (number == FCNTL) return Descriptors.fcntl(a0, a1);
        if (number == OPEN) return (0, Descriptors.EBADF);
        if (number == MMAP) return mmap(state, a0, a1);
        if (number == BRK) return (PROGRAM_BREAK, 0);
        if (number == GETPID) return (0, 0);
        if (number == GETTID) return (thread.id(), 0);
        // A wait whose value differs, or an operation that does not exist.
        if (number == FUTEX) return (0, a1 == FUTEX_WAIT_PRIVATE ? Descriptors.EAGAIN : Descriptors.EINVAL);
        if (number == CLOCK_GETTIME) return clockGettime(state, a0, a1);
        if (number == EVENTFD2) {
            return a1 & EFD_NONBLOCK == 0 ? (uint64(0), Descriptors.EINVAL) : (Descriptors.EVENTFD, uint64(0));
        }
        if (number == GETRANDOM) return (getrandom(state, a0, a1), 0);
        require(isNoop(number), "MIPS64: unimplemented syscall");
    }

    function isNoop(uint64 number) private pure returns (bool) {
        unchecked {
            // A number outside a set's range wraps or shifts to nothing.
            uint256 low = uint256(1) << (number - 5000);
            uint256 high = uint256(1) << (number - 5200);
            return low & NOOPS_5000 | high & NOOPS_5200 != 0;
        }
    }

    /// @notice Writes the result and goes on to the next instruction.
    function finish(Thread thread, uint64 value, uint64 errno) private pure {
        thread.setRegister(V0, errno == 0 ? value : errno);
        thread.setRegister(A3, errno == 0 ? 0 : type(uint64).max);
        thread.advance();
    }

    /// @notice Returns 0 and lets the next thread run.
    function yieldThread(VmState state, Thread thread) private pure {
        finish(thread, 0, 0);
        ThreadStack.preempt(state, thread);
    }

    /// @notice True when a futex call succeeds: every wake, and a wait whose 32-bit value is the expected one.
    function wakesOrMatches(VmState state, Thread thread, uint64 a0) private pure returns (bool) {
        uint64 operation = thread.register(A1);
        if (operation != FUTEX_WAIT_PRIVATE) return operation == FUTEX_WAKE_PRIVATE;
        uint64 word = MerkleMemory.read(state.memRoot(), SubWord.align(a0), Calldata.DATA_PROOF);
        return SubWord.select(word, a0, 4) == uint32(thread.register(A2));
    }

    /// @notice A new thread, which starts after the call with result 0 and runs next. Flags other than those a Go program
    ///         uses end the machine.
    function clone(VmState state, Thread thread, uint64 flags) private pure {
        unchecked {
            if (flags != CLONE_FLAGS) return state.setExited(EXIT_PANIC);
            uint64 id = state.nextThreadId();
            state.setNextThreadId(id + 1);

            Thread child = thread.clone();
            child.setId(id);
            child.setRegister(SP, thread.register(A1));
            finish(child, 0, 0);

            finish(thread, id, 0);
            ThreadStack.replaceRunning(state, thread);
            ThreadStack.pushNew(state, child);
        }
    }

    /// @notice Ends the thread, and with the last one the machine. The next step removes it from its stack.
    function exit(VmState state, Thread thread, uint8 code) private pure {
        thread.setExited(code);
        if (ThreadStack.runningIsLast(state)) state.setExited(code);
        ThreadStack.replaceRunning(state, thread);
    }

    /// @notice A given address is returned unchecked; otherwise whole pages are taken from the heap.
    function mmap(VmState state, uint64 addr, uint64 size) private pure returns (uint64 value, uint64 errno) {
        unchecked {
            if (addr != 0) return (addr, 0);
            uint64 heap = state.heap();
            uint64 pages = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
            uint64 end = heap + pages;
            if (pages < size || end < heap || end > HEAP_END) return (0, Descriptors.EINVAL);
            state.setHeap(end);
            return (heap, 0);
        }
    }

    /// @notice Writes seconds and nanoseconds, two words; the second is proven against the root after the first write.
    function clockGettime(VmState state, uint64 clock, uint64 addr) private pure returns (uint64, uint64) {
        unchecked {
            if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return (0, Descriptors.EINVAL);
            uint64 steps = clock == CLOCK_MONOTONIC ? state.step() : 0;
            uint64 first = SubWord.align(addr);
            MerkleMemory.read(state.memRoot(), first, Calldata.DATA_PROOF);
            Reservation.writeWord(state, first, Calldata.DATA_PROOF, steps / HZ);

            (, bool valid) = MerkleMemory.tryRead(state.memRoot(), first + 8, Calldata.SECOND_DATA_PROOF);
            if (!valid) revert InvalidSecondMemoryProof();
            Reservation.writeWord(state, first + 8, Calldata.SECOND_DATA_PROOF, (steps % HZ) * (1_000_000_000 / HZ));
            return (0, 0);
        }
    }

    /// @notice Fills bytes up to the end of the word at `addr` from a word that depends on the step alone.
    function getrandom(VmState state, uint64 addr, uint64 count) private pure returns (uint64) {
        unchecked {
            uint64 aligned = SubWord.align(addr);
            uint64 word = MerkleMemory.read(state.memRoot(), aligned, Calldata.DATA_PROOF);
            count = Descriptors.clip(addr, count);
            uint64 mask = Descriptors.firstBytes(count) >> (8 * (addr & 7));
            word = word & ~mask | splitmix64(state.step()) & mask;
            Reservation.writeWord(state, aligned, Calldata.DATA_PROOF, word);
            return count;
        }
    }

    /// @notice The output of the splitmix64 generator for a seed.
    function splitmix64(uint64 seed) private pure returns (uint64 z) {
        unchecked {
            z = seed + 0x9e3779b97f4a7c15;
            z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
            z = (z ^ z >> 27) * 0x94d049bb133111eb;
            z = z ^ z >> 31;
        }
    }
}
