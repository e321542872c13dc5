"""One document model and four renderers: a report is a list of blocks, built once, shown as page, PDF, Word and Excel.

`blocks` says what a document is, `freeze` turns it into JSON and back; `html`, `pdf`, `docx` and `xlsx` each have
`render(document)`, which gives the same bytes for the same document. Nothing heavy is imported here.
"""
