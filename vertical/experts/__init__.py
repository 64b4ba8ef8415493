"""Experts on rocket engines behind the protocols of `hotfire.router`.

case.py       what an expert gets of one case: engine, description, and the windows of a log where there is one
bulk.py       the same of cases that are made in bulk
hypotheses.py the names of faults in one engine, and the labels by which experts answer
neural.py     the learnt expert: the small model
symbolic.py   the sure expert: search over the physics
described.py  its answer where there is a text alone
check.py      one claim held against the physics
searching.py  the search of a whole log, as the sure expert of a diagnosis
measuring.py  sizes and onsets of what the small model claims
texts.py      who answers for a text
scores.py     how strange a case is to the small model
routing.py    when the small model is trusted
calibration.py  the cases that this is settled on
loading.py    the small model and the router, loaded when first asked for
"""
