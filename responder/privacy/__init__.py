"""Personal data: found and masked in texts, revealed to those who may see it, and erased."""
