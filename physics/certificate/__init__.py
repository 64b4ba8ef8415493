"""The certificate of a diagnosis: stated by one side, recomputed by another that shares only the declarations.

values.py     what a certificate states
document.py   as JSON, with its digest
issue.py      from the explanations that a search found; choice.py: which hypotheses, at which points
plain.py      declarations evaluated with plain floats; direct.py: Cantera and CoolProp in place of tables and charts
slopes.py     derivatives by differences; runs.py: runs by the verifier's own rule
weight.py     misfit and evidence recomputed; means.py: window means; places.py, sizes.py: sizes and their integrals
check.py      each hypothesis against its figures; settings.py: the model's numbers; ranking.py: who fits better
screening.py  faults that were left out; rivals.py: the hopeful ones fitted, alone and in pairs
ledger.py     what was checked, and what is refused
"""
