//! Keeps freed memory in the process.
//!
//! A step of the teacher frees and allocates again hundreds of megabytes of activations. By default glibc gives each of
//! these blocks back to the kernel and asks anew, and every page has to be faulted in and zeroed again, which takes as
//! long as the arithmetic. Two settings of glibc's allocator end that; elsewhere nothing is changed.
#![allow(unsafe_code)]

/// Tells glibc's allocator to keep freed memory in the process; with other allocators it does nothing. A program calls
/// it once, before other threads start.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes plain numbers and changes settings of the allocator alone; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}
