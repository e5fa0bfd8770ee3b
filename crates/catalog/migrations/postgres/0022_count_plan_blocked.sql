-- Plans are few, so this needs no job.
UPDATE plans SET blocked_count = json_array_length(convert_from(blocked_json, 'UTF8')::json);
