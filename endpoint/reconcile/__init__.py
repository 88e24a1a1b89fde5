"""The reconciliation service: names of others to names of ours, by the Reconciliation Service API.

Versions 0.2 (W3C Community Group report of 2023-04-10) at /reconcile and 1.0-draft at
/reconcile/1.0: their manifests contradict each other, so each has an address of its own.
"""
