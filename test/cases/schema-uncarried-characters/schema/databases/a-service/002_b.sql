SELECT 1;
-- C1 
