"""The Gemini API's native `streamGenerateContent`, through google-genai."""
