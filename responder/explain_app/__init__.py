"""`responder explain`: a Streamlit app that reads files, predicts through the API, and shows why. Needs no Django."""
