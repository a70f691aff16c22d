"""Many runs become verdicts."""
