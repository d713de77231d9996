"""The analytics page: numbers over time, drawn by Chart.js through a Dash app."""

NAME = "analytics"  # of the Dash app
