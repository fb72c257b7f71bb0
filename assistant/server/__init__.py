"""The page, an HTTP API and MCP tools behind one door: who may come in, how many, how often.

Knows nothing of how answers are made or how the page looks.
"""
