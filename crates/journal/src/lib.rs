//! Durability: one ordered row per event, committed in groups.
