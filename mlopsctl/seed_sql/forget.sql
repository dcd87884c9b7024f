-- What was made ready in this session belongs to another world, or to days that do not follow on.
DROP TEMPORARY TABLE IF EXISTS recipe.seed_customers;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_calendar;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_states;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_members;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_dice;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_applications;
DROP TEMPORARY TABLE IF EXISTS recipe.seed_faulty;
