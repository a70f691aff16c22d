"""The world at one instant, its curves and smiles, and its history."""
