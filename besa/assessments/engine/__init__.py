"""Questionnaires as such: what one is, which questions follow from which answers, what an answer may be, what a score says.

Pure functions over plain values. Nothing here knows a database, a request, a clock or the web framework.
"""
