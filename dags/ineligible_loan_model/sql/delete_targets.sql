DELETE FROM recipe.recipe_target_applicants
 WHERE base_dt = %(day)s
