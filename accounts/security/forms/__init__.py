"""Forms of sign-in and security; ACCOUNT_FORMS and MFA_FORMS name those that allauth shows."""
