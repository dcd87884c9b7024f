-- The temporary tables of this session hold another profile, or days that are not adjacent.
DROP TEMPORARY TABLE IF EXISTS recipe.seed_customers;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_calendar;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_states;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_members;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_draws;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_applications;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_faulty;
