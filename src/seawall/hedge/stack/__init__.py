"""The layers of ALVH, one small class each; only the policy combines them."""
