"""A plan as one document: read from YAML, JSON or a workbook, checked, written again without loss."""
