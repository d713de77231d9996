"""The bundled exercise: a fictional cyclone in real geography, with every post labelled. Read `exercise`."""
