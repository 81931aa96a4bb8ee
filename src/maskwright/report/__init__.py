"""The report: page, table, text."""
