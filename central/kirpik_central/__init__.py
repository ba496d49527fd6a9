"""The receiving side: opens, checks, stores and acknowledges packets, and shows them to an officer."""
