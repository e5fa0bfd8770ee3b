-- Plans are few, so this needs no job.
UPDATE plans SET blocked_count = json_array_length(CAST(blocked_json AS TEXT));
