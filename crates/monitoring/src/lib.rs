//! Running plans: due periods, detectors, signals.
