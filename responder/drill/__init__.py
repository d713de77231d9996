"""Drills: the product's promises proved on processes that the drill started itself, and on no others."""
