"""Drills that verify the product's guarantees on processes of their own."""
