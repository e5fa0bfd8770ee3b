//! A whole evening from a seed: simulated clock, disk, provider and crashes.
