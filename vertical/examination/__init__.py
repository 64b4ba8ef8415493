"""The examination of experts on labelled cases: what is right, what an answer earns, what it costs.

score.py      the score of an answer
truth.py      what the sensors cannot tell apart, from the plant and never from an expert
cases.py      cases with their truth, made once by the protocol and kept
rows.py       one row a case and expert, and where rows are kept
journal.py    the search, each answer of which is worked out once
answering.py  who answers a case, and what it took
sitting.py    all that is asked for, shard by shard, resumable
figures.py    scores, calibration and separation over rows
policies.py   the experts on the same cases: mixes, prices, the hybrid's bill
promise.py    the router's promise over many calibrations
page.py       the page in Markdown; page_experts.py and page_router.py its parts; figure.py its drawing
"""
