"""Words: units, signs, errors, calendar."""
