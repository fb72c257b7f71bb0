"""The pieces of the chat page. Only `wiring` among them knows Gradio; assistant.chat serves it."""
