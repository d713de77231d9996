"""How long the exercise is, and how fast it is played live."""

DURATION_S = 86_400
SPEED = 20.0  # times real time: a day in 72 minutes
