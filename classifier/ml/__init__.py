"""The model: training, evaluation and a runtime without torch. Plain Python, no Django."""
