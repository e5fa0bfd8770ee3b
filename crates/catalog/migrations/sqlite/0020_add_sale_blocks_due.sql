-- 1 until the blocked seats of the plan have been taken out of this sale.
ALTER TABLE sales ADD COLUMN blocks_due INTEGER NOT NULL DEFAULT 0 CHECK (blocks_due IN (0, 1));
