"""The outside world becomes market objects."""
