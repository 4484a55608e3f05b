"""The course: its texts, numbers and glossary as plain data, without Streamlit and torch."""
