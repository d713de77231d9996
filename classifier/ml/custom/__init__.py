"""Training on labels of one's own: any class names, a table of texts, and a model folder that others can open.

How a training goes:
1. `label_tables` reads the table, `splits` divides it, so that copies and whole events stay on one side.
2. The encoder reads the texts as it is (`frozen`) or is fine-tuned first (`tuning`); `heads` fits the classes' layer.
3. `graph` writes the served ONNX file, `huggingface` the same model for `transformers`.
4. The probabilities are calibrated on the development part, and measured once on the test part.
"""
