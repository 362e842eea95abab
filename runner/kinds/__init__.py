"""The kinds of value a parameter may be: what each accepts, as JSON Schema and as code.

A kind takes what a person or a template may give for it (`"5"` for a whole number, `yes` for a
boolean, one text for a list of texts) and makes of it the one Python value that a step sees. What
the schema accepts before a run, `convert` accepts after rendering; a test holds the two together.

A lone text for a list becomes a list of one. It is never split at commas: a step whose people
write `a,b` splits by itself.
"""
