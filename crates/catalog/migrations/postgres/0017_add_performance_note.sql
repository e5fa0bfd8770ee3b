-- Shown to fans beside the date: a few sentences of plain text.
ALTER TABLE performances ADD COLUMN note TEXT;
