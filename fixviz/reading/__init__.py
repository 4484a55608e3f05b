"""A stored run opened for reading: values, texts, pictures, tables and described figures."""
