//! Processor seconds of the calling thread, for `--timings`.

/// Seconds of processor time that the calling thread has used.
#[cfg(unix)]
pub(super) fn seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Seconds of the clock on the wall, since this system has no other that we can ask.
#[cfg(not(unix))]
pub(super) fn seconds() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// What `engine_seconds` is, where it is not processor time.
pub(super) const CAVEAT: Option<&str> =
    if cfg!(unix) { None } else { Some("engine_seconds is time by the clock on this system, not processor time") };
